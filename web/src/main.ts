import { mount } from 'svelte'
import App from './App.svelte'
import './app.css'
import { tongue } from './lib/i18n.svelte'

await tongue.speak()
mount(App, { target: document.getElementById('app')! })
